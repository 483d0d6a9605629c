/** Whether two looks at a row found the same. */
import type { Change } from './job.ts'

/** Fields whose change is not the same in both. */
export function fieldsThatDiffer(now: readonly Change[], before: readonly Change[]): string[] {
  const told = (changes: readonly Change[]) =>
    new Map(changes.map((change) => [change[0], JSON.stringify(change)]))
  const [present, past] = [told(now), told(before)]
  const fields = new Set([...present.keys(), ...past.keys()])
  return [...fields].filter((field) => present.get(field) !== past.get(field))
}
