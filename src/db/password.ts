/** A database URL without its password, wherever that stood, and the password: one may be shown, the other may not. */
export function splitPassword(databaseUrl: string): { url: string; password: string } {
  const url = new URL(databaseUrl)
  const password = url.searchParams.get('password') ?? decodeURIComponent(url.password)
  url.password = ''
  // As text: URLSearchParams would write a space in another parameter as +, which libpq does not read as one.
  url.search = url.search.replace(/(?<=[?&])password=[^&]*&?/g, '').replace(/[?&]$/, '')
  return { url: url.href, password }
}
