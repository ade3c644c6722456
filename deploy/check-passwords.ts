import { secretNames } from './needs.ts'

const URL_WITH_PASSWORD = /\bpostgres(?:ql)?:\/\/(?:[^\s/@:]*:[^\s@]+@|\S*[?&]password=[^\s&])/i

/** Where in the file a database URL stands with its password: a command, a label and a note count as much as a variable. */
export function plainPasswords(value: unknown, path = ''): string[] {
  if (typeof value === 'string')
    return URL_WITH_PASSWORD.test(value)
      ? [
          `${path}: is a database URL with its password, which whoever may read the definition has now read: refer to it in secrets, and change the password`,
        ]
      : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [
    ...plainPasswords(key, `${path} (a key)`),
    ...plainPasswords(inner, path === '' ? key : `${path}.${key}`),
  ])
}

/** Where a key is named like one of our secrets, as in dockerLabels: under such a name stands a secret, or soon will. */
export function keysLikeSecrets(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => {
    // A tag keeps its key in a value.
    const name = key === 'key' && typeof inner === 'string' ? inner : key
    const secret = secretNamedBy(name)
    return [
      ...(secret === undefined
        ? []
        : [
            `${path || 'the file'}: has a key like ${secret}, which whoever may read the definition may read: refer to it in secrets alone, and change the secret if it stood there`,
          ]),
      ...keysLikeSecrets(inner, path === '' ? key : `${path}.${key}`),
    ]
  })
}

/** Whatever stands before it, and however its words are parted: weelo.jwt-secret is JWT_SECRET. */
function secretNamedBy(name: string): string | undefined {
  const like = name.replaceAll(/[^A-Za-z0-9]+/g, '_').toUpperCase()
  return [...secretNames].filter((secret) => like.endsWith(secret)).toSorted((a, b) => b.length - a.length)[0]
}
