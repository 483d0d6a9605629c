/** users add | list | reset-password */
import type { Config } from '../config.ts'
import { isEmail } from '../credit/identity.ts'
import { Hasher } from '../users/hasher.ts'
import { addUser, giveNewPassword } from '../users/new-user.ts'
import type { Role } from '../users/roles.ts'
import { findUserByEmail, listUsers } from '../users/user-store.ts'
import { CommandError } from './command-error.ts'
import { print, printTable, storeNamed, withDatabase } from './with-database.ts'

interface AddOptions {
  readonly email: string
  readonly name?: string
  readonly role: Role
  readonly store?: string
}

export async function addUserCommand(config: Config, options: AddOptions): Promise<undefined> {
  const { email, name = email, role } = options
  if (!isEmail(email)) throw new CommandError('--email must be an e-mail address')
  await withDatabase(config, async ({ sql }) => {
    const store = await storeNamed(sql, options.store ?? config.store)
    const given = { storeId: store.storeId, email, name, role }
    const made = await addUser(sql, new Hasher(), given, Date.now())
    if (!made) throw new CommandError(`Store ${store.name} has a user ${email} already`)
    print(`E-mail:   ${email}`)
    print(`Password: ${made.oneTimePassword}`)
    print(`Store ${store.name}; ${role}. The password is shown this once and must be changed.`)
  })
}

export async function listUsersCommand(config: Config): Promise<undefined> {
  await withDatabase(config, async ({ sql }) => {
    const rows = (await listUsers(sql)).map((user) => [
      user.email,
      user.store,
      user.role,
      user.disabledAt === null ? 'enabled' : `disabled ${textOf(user.disabledAt)}`,
      user.lastSignInAt === null ? 'never' : textOf(user.lastSignInAt),
      user.name,
    ])
    printTable(['E-MAIL', 'STORE', 'ROLE', 'STATE', 'LAST SIGN-IN', 'NAME'], rows)
  })
}

export async function resetPasswordCommand(
  config: Config,
  email: string,
  options: { store?: string },
): Promise<undefined> {
  await withDatabase(config, async ({ sql }) => {
    const store = await storeNamed(sql, options.store ?? config.store)
    const user = await findUserByEmail(sql, store.storeId, email)
    if (!user) {
      throw new CommandError(
        `Store ${store.name} has no user ${email}: see npm run fiado -- users list`,
      )
    }
    const { oneTimePassword } = await giveNewPassword(sql, new Hasher(), user, Date.now())
    print(`E-mail:   ${user.email}`)
    print(`Password: ${oneTimePassword}`)
    print('It is shown this once and must be changed. All sessions of the user have ended.')
  })
}

function textOf(at: number): string {
  return new Date(at).toISOString()
}
