/** A database URL without who logs in and by which password, wherever these stood: only the password may not be shown. */
export function splitLogin(databaseUrl: string): { url: string; user: string; password: string } {
  const url = new URL(databaseUrl)
  const user = url.searchParams.get('user') ?? decodeURIComponent(url.username)
  const password = url.searchParams.get('password') ?? decodeURIComponent(url.password)
  url.username = ''
  url.password = ''
  // As text: URLSearchParams would write a space in another parameter as +, which libpq does not read as one.
  url.search = url.search.replace(/(?<=[?&])(user|password)=[^&]*&?/g, '').replace(/[?&]$/, '')
  return { url: url.href, user, password }
}
