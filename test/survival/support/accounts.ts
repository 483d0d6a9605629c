/** Accounts that no load can exhaust. */
import { FIRST_KEY } from '../../support/process.ts'
import { call } from '../../support/server.ts'

/** Opens so many, and answers their paths. */
export async function openAccounts(url: string, count: number): Promise<string[]> {
  const paths: string[] = []
  for (let index = 0; index < count; index += 1) {
    const buyer = {
      document: `SURVIVOR${index}`,
      documentType: 'Other',
      email: `survivor${index}+carga@correio.example`,
      creditLimit: 1e6,
    }
    const opened = await call(url, FIRST_KEY, 'POST', '/accounts', buyer)
    if (opened.status !== 200) throw new Error(`The account was not opened: ${opened.text}`)
    paths.push(`/accounts/${opened.json.id}`)
  }
  return paths
}
