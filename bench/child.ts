/** Child processes of the bench: each takes one message, and answers with one. */
import { fork } from 'node:child_process'

/** What tells a child that its job has lasted long enough. */
export const ENOUGH = 'enough'

/**
 * Runs a script of the bench on one job and answers its result. Throws where it ends without one.
 * Once `enough` is settled the script is told to come to an end.
 */
export function runChild<Job, Result>(
  script: string,
  job: Job,
  enough?: Promise<unknown>,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = fork(new URL(script, import.meta.url), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    child.once('message', (result) => resolve(result as Result))
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code} and no result`)))
    child.send(job as object)
    const stop = () => child.connected && child.send(ENOUGH)
    enough?.then(stop, stop)
  })
}
