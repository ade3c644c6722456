// What a container's health check runs. The admin listener is there in every role. /livez asks no database: a container
// that is replaced because the database is away starts anew beside the same database, and a whole fleet does so at once.
// Nothing is imported and the image says the port, so that a busy processor does not make the check late.

/** Below the five seconds that the checks allow it. */
const LIMIT_MS = 4_000

try {
  const { ok } = await fetch(`http://127.0.0.1:${process.env.ADMIN_PORT}/livez`, {
    signal: AbortSignal.timeout(LIMIT_MS),
  })
  process.exitCode = ok ? 0 : 1
} catch {
  process.exitCode = 1
}
