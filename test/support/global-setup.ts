/** One PostgreSQL for the whole run, and in it a migrated template that each test file clones. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { connect } from '../../src/postgres/connect.ts'
import { startEmbedded } from '../../src/postgres/embedded.ts'
import { bringUpToDate } from '../../src/setup.ts'

export const TEMPLATE = 'fiado_template'

declare module 'vitest' {
  interface ProvidedContext {
    /** The run's PostgreSQL; test files make databases of their own in it. */
    adminUrl: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'fiado-test-'))
  const server = await startEmbedded({ dataDir, settings: { max_connections: '300' } })
  const admin = connect(server.url, { max: 1 })
  await admin.unsafe(`create database ${TEMPLATE}`)
  await admin.end()
  const template = new URL(server.url)
  template.pathname = `/${TEMPLATE}`
  await bringUpToDate(template.href)
  project.provide('adminUrl', server.url)
  return async () => {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}
