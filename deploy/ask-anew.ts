import { get as getHttp } from 'node:http'
import { get as getHttps } from 'node:https'
import { json } from 'node:stream/consumers'
import type { Answer } from './verify-answer.ts'

/** An answer that takes longer is none. */
const ANSWER_LIMIT_MS = 5_000

/** Asks on a connection of its own: on one that is kept, a balancer would send every question to the same process. */
export function askAnew(url: URL): Promise<Answer> {
  const get = url.protocol === 'https:' ? getHttps : getHttp
  const signal = AbortSignal.timeout(ANSWER_LIMIT_MS)
  return new Promise<Answer>((resolve, reject) => {
    const request = get(url, { agent: false, signal, headers: { accept: 'application/json' } }, (response) => {
      const { statusCode: status = 0 } = response
      json(response).then(
        (body) => resolve({ status, body: isObject(body) ? body : undefined }),
        (error) => (error instanceof SyntaxError ? resolve({ status, body: undefined }) : reject(error)),
      )
    })
    request.on('error', reject)
  }).catch((error: NodeJS.ErrnoException) => ({
    failure: signal.aborted ? `none within ${ANSWER_LIMIT_MS / 1000} s` : (error.code ?? error.message),
  }))
}

const isObject = (body: unknown): body is Record<string, unknown> => typeof body === 'object' && body !== null
