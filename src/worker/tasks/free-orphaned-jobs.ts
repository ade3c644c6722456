import type { Task } from 'graphile-worker'

/** The job of a process that was killed stays locked for four hours. No job of ours takes a tenth of this. */
const unlock = `
  select graphile_worker.force_unlock_workers(array_agg(distinct j.locked_by))
  from graphile_worker.jobs j
  where j.locked_at < now() - interval '10 minutes'
  having count(*) > 0`

/** When the clock called again meanwhile, the queue took the old job's key and last attempt: nobody would run it. */
const forget = `
  select graphile_worker.complete_jobs(array_agg(j.id))
  from graphile_worker.jobs j
  where j.locked_at is null and j.key is null and j.attempts >= j.max_attempts
  having count(*) > 0`

/** To run a sweep twice is harmless, so it does not matter whether the process is truly gone. */
export const freeOrphanedJobs: Task = async (_payload, helpers) => {
  await helpers.query(unlock)
  await helpers.query(forget)
}
