/** Every file of the corpus of src/csv as callers send it: what its job says, and the file of its errors. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CORPUS, type CorpusFile } from '../../src/csv/testing/corpus.ts'
import { type Api, startApi } from '../api/support/api.ts'
import { ok, refused } from '../api/support/expect.ts'
import type { Answer } from '../support/server.ts'
import { entryCount, errorsOf, type JobJson, sendFile, whenOver } from './support/jobs.ts'

/** Of the store that takes them, and of the server. */
const [EXPONENT, CURRENCIES, MAX_ROWS] = [2, ['BRL'], 10_000]

/** The code of a row that cannot be read. */
const UNREADABLE = 1210

let api: Api

beforeAll(async () => {
  api = await startApi({ files: true, fileLimits: { maxRows: MAX_ROWS } })
})
afterAll(async () => {
  expect(await entryCount(api)).toBe(0)
  await api.close()
})

/** Files of stores with another currency, or of servers with other limits, are read in src/csv alone. */
function isForUs({ exponent = EXPONENT, currencies = CURRENCIES, maxRows = MAX_ROWS }: CorpusFile) {
  return exponent === EXPONENT && String(currencies) === String(CURRENCIES) && maxRows === MAX_ROWS
}

const FILES = CORPUS.filter(isForUs)

test('nearly all files are for us', () => {
  expect(FILES.length).toBeGreaterThan(0.9 * CORPUS.length)
})

test.each(FILES)('$kind: $name', async ({ kind, mode, locale, bytes, says }) => {
  const form = { kind, dryRun: true, ...(mode && { mode }), ...(locale && { locale }) }
  const answer = await sendFile(api, bytes, form)
  if ('unusable' in says) return await expectUnusable(answer, says.unusable)
  expect(answer.status, answer.text).toBe(202)
  const job = await whenOver(api, answer.json)
  expect(job.state, job.error).toBe('awaitingConfirmation')
  expect(job.warnings.map(({ code }: JobJson) => code)).toEqual(says.warnings ?? [])
  expect(job.rows).toMatchObject({ total: says.rows.length, read: says.rows.length })
  const rows = await allRowsOf(job)
  expect(rows.map(({ line }) => line)).toEqual(says.rows.map(({ line }) => line))
  for (const [index, { faults }] of says.rows.entries()) {
    const { code, error } = rows[index]
    if (!faults) expect(code, error).not.toBe(UNREADABLE)
    for (const fault of faults ?? []) expect(error).toMatch(amongOthers(fault))
  }
  const failed = rows.filter(({ result }) => result === 'failed')
  expect(job.rows.failed).toBe(failed.length)
  const errors = await errorsOf(api, job)
  for (const { error } of failed) expect(errors).toContain(error.replaceAll('"', '""'))
})

/** All that is wrong with a row is told in one text. */
function amongOthers({ source, flags }: RegExp): RegExp {
  return new RegExp(source.replace(/^\^/, '').replace(/\$$/, ''), flags)
}

/** A page has 1,000 rows. */
async function allRowsOf(job: JobJson): Promise<JobJson[]> {
  const rows: JobJson[] = []
  for (let from = 1; from <= job.rows.read; from += 1_000) {
    const page = `/imports/${job.id}/rows?from=${from}&to=${from + 999}`
    rows.push(...ok(await api.call('GET', page)).data)
  }
  return rows
}

/** Refused when it arrives, or by its job where it had to be read to its end. */
async function expectUnusable(answer: Answer, fault: RegExp): Promise<void> {
  if (answer.status === 400) {
    expect(refused(answer, 400, 'unusable-file').detail).toMatch(fault)
    return
  }
  expect(answer.status, answer.text).toBe(202)
  const job = await whenOver(api, answer.json)
  expect(job).toMatchObject({ state: 'failed', error: expect.stringMatching(fault) })
}
