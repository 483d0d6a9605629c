/** Whether two looks at a row found the same. */
import type { RowOutcome } from './job.ts'

type Seen = Pick<RowOutcome, 'changes' | 'amount'>

/** Fields whose change is not the same in both; `value` where another sum of money would move. */
export function fieldsThatDiffer(now: Seen, before: Seen): string[] {
  const told = ({ changes }: Seen) =>
    new Map(changes.map((change) => [change[0], JSON.stringify(change)]))
  const [present, past] = [told(now), told(before)]
  const fields = new Set([...present.keys(), ...past.keys()])
  const others = [...fields].filter((field) => present.get(field) !== past.get(field))
  const isSameMoney = others.length > 0 || now.amount === before.amount
  return isSameMoney ? others : ['value']
}
