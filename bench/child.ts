/** Child processes of the bench: each takes one message, and answers with one. */
import { fork } from 'node:child_process'

/** Runs a script of the bench on one job and answers its result. Throws where it ends without one. */
export function runChild<Job, Result>(script: string, job: Job): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = fork(new URL(script, import.meta.url), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    child.once('message', (result) => resolve(result as Result))
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code} and no result`)))
    child.send(job as object)
  })
}
