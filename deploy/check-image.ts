import { placeholder } from './render-definition.ts'

/** The grammar that registries and engines share: host:port/path/name, then a tag, a digest, or both. */
const HOST = /(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::\d{1,5})?\/)?/
const PATH = /[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*/
const TAG = /(?::\w[\w.-]{0,127})?/
const DIGEST = /sha256:[0-9a-f]{64}/
const REFERENCE = new RegExp(`^${HOST.source}${PATH.source}${TAG.source}(?:@${DIGEST.source})?$`)
const isDigest = new RegExp(`^${DIGEST.source}$`)

const LATEST = /(^|[-_.])latest($|[-_.])/i
/** Names of branches and channels, alone or for one processor. After the commit's own digits they do no harm. */
const MOVING = /^(main|master|dev|develop|stable|edge|placeholder)([-_.](amd64|arm64|x86_64|aarch64))?$/i
const pin = 'pin it by a tag that is never moved, such as the commit, or by its digest'

/** What keeps an image's name from meaning one image for ever. A registry may have a port: host:5000/name. */
export function problemsOfImage(image: string): string[] {
  const [name = '', digest] = image.split('@')
  const tag = name.slice(name.lastIndexOf('/') + 1).split(':')[1]
  const say = (problem: string) => [`image: ${problem}`]
  if (image === placeholder.image)
    return say('is the placeholder of the committed file: run npm run deploy:render with --image')
  if (image === '') return say(`is missing: ${pin}`)
  if (digest === undefined && !tag)
    return say(`"${image}" has no tag and no digest, which means latest, whatever that is by then: ${pin}`)
  if (digest !== undefined && !isDigest.test(digest)) return say('has a digest that is not sha256: and 64 hex digits')
  if (!REFERENCE.test(image)) return say(`is no reference to an image, such as registry.example/weelo:fd3c2ab: ${pin}`)
  if (digest !== undefined || !(LATEST.test(tag ?? '') || MOVING.test(tag ?? ''))) return []
  return say(`"${image}" means whatever was pushed last, and an old image may be it: ${pin}`)
}
