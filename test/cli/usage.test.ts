/** Every command says what it does; what is not understood is one clear line. */
import { describe, expect, test } from 'vitest'
import { runFiado } from '../support/process.ts'

const COMMANDS: readonly [line: string, says: string][] = [
  ['start', 'Start the server'],
  ['migrate', 'newest schema'],
  ['verify', 'Recompute every total from the ledger'],
  ['keys', 'API keys of a store'],
  ['keys create', 'its token is shown this once'],
  ['keys list', 'List all keys'],
  ['keys revoke', 'End a key for good'],
  ['sessions', 'Session tokens of people'],
  ['sessions create', 'VtexIdclientAutCookie'],
  ['sessions revoke', 'End all sessions of an e-mail'],
  ['users', 'People of a store who sign in'],
  ['users add', 'one-time password is shown this once'],
  ['users list', 'List all users'],
  ['users reset-password', 'new one-time password'],
  ['stores', 'Stores'],
  ['stores create', 'Create a store'],
  ['stores list', 'List all stores'],
  ['demo', 'believable data'],
]

describe.concurrent('--help', () => {
  test.concurrent('lists every command', async () => {
    const { code, stdout, stderr } = await runFiado(['--help'])
    for (const [line] of COMMANDS) expect(stdout).toContain(line.split(' ')[0])
    expect(stderr).toBe('')
    expect(code).toBe(0)
  })

  for (const [line, says] of COMMANDS) {
    test.concurrent(`of ${line}`, async () => {
      const { code, stdout, stderr } = await runFiado([...line.split(' '), '--help'])
      expect(stdout).toContain(`Usage: fiado ${line}`)
      expect(stdout).toContain(says)
      expect(stderr).toBe('')
      expect(code).toBe(0)
    })
  }

  test.concurrent('and --version', async () => {
    const { code, stdout } = await runFiado(['--version'])
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect(code).toBe(0)
  })
})

const MISTAKES: readonly [line: string, says: string][] = [
  ['sell', "error: unknown command 'sell'"],
  ['keys sell', "error: unknown command 'sell'"],
  ['verify --fast', "error: unknown option '--fast'"],
  ['verify now', 'error: too many arguments'],
  ['keys revoke', "error: missing required argument 'key'"],
  ['keys create --resource Everything', 'It must be one of: Main Access'],
  ['keys create --rate none', 'It must be a whole number from 1 to 999999'],
  ['sessions create', "required option '--email <address>' not specified"],
  ['users add --email a@b --role boss', 'Allowed choices are administrator'],
  ['users add --email a@b', "required option '--role <name>' not specified"],
  ['users add', "required option '--email <address>' not specified"],
  ['demo --accounts 0', 'It must be a whole number from 1 to 999999'],
  ['stores create', "error: missing required argument 'name'"],
]

describe.concurrent('a mistake', () => {
  for (const [line, says] of MISTAKES) {
    test.concurrent(line, async () => {
      const { code, stdout, stderr } = await runFiado(line.split(' '))
      expect(stderr).toContain(says)
      expect(stderr).toContain('(add --help for the options)')
      expect(stderr).not.toMatch(/\n {4}at /)
      expect(stdout).toBe('')
      expect(code).toBe(1)
    })
  }

  test.concurrent('no command at all', async () => {
    const { code, stderr } = await runFiado([])
    expect(stderr).toContain('Usage: fiado')
    expect(code).not.toBe(0)
  })
})
