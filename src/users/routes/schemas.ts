/** The schemas of signing in, of users and of API keys. */
import Type from 'typebox'
import { InstantOut, nullable, PageQuery, text } from '../../api/schemas.ts'
import { MAX_EMAIL_LENGTH } from '../../credit/identity.ts'
import { RESOURCES, type Resource } from '../../ledger/credentials.ts'
import { ROLES, type Role } from '../roles.ts'

export const BASE = '/api/admin'

export const MAX_NAME_LENGTH = 200
const MAX_LABEL_LENGTH = 200
/** Longer than any password: those get the same answer as a wrong one. */
const MAX_TYPED_LENGTH = 2_000
const STORE_NAME = '^[a-z0-9][a-z0-9-]{0,49}$'

const RoleText = Type.Unsafe<Role>({ type: 'string', enum: [...ROLES] })
const ResourceText = Type.Unsafe<Resource>({ type: 'string', enum: [...RESOURCES] })

export const ListQuery = Type.Object(PageQuery)

export const SignInBody = Type.Object({
  email: text(MAX_EMAIL_LENGTH, 'E-mail of the user.'),
  password: text(MAX_TYPED_LENGTH, 'Password of the user.'),
  store: Type.Optional(
    nullable(
      Type.String({
        pattern: STORE_NAME,
        description: 'Name of the store; that of `FIADO_STORE` where absent.',
      }),
    ),
  ),
})

export const PasswordBody = Type.Object({
  current: text(MAX_TYPED_LENGTH, 'The password that the user has.'),
  next: text(MAX_TYPED_LENGTH, 'The password that the user wants: 10 to 200 characters.'),
})

export const MeOut = Type.Object({
  email: Type.String(),
  name: Type.String(),
  role: RoleText,
  resources: Type.Array(Type.String(), {
    description: 'What this session may use; nothing as long as mustChangePassword is true.',
  }),
  mustChangePassword: Type.Boolean(),
  store: Type.Object({
    name: Type.String(),
    currency: Type.String({ description: 'ISO 4217.' }),
    exponent: Type.Integer({ description: 'Decimals of the currency.' }),
    timeZone: Type.String({ description: 'IANA name.' }),
  }),
  expiresAt: InstantOut('When the session ends.'),
})

export const OptionsOut = Type.Object({
  password: Type.Boolean({ description: 'True: by e-mail and password.' }),
  oidc: Type.Boolean({ description: 'True: through an OpenID provider.' }),
  providerName: Type.Optional(Type.String({ description: 'Its host, to be shown.' })),
})

export const UserPath = Type.Object({ userId: Type.String({ description: 'Id of the user.' }) })

const newName = text(MAX_NAME_LENGTH, 'What the user is called.')

export const NewUserBody = Type.Object({
  email: text(MAX_EMAIL_LENGTH, 'E-mail to sign in with; unique in the store.'),
  name: newName,
  role: RoleText,
})

export const UserBody = Type.Object({
  name: Type.Optional(nullable(newName)),
  role: Type.Optional(nullable(RoleText)),
  disabled: Type.Optional(nullable(Type.Boolean())),
})

const userFields = {
  id: Type.String(),
  email: Type.String(),
  name: Type.String(),
  role: RoleText,
  disabled: Type.Boolean({ description: 'True: may not sign in.' }),
  mustChangePassword: Type.Boolean({ description: 'True: has a one-time password.' }),
  hasPassword: Type.Boolean({ description: 'False: signs in through the OpenID provider alone.' }),
  createdAt: InstantOut('Creation.'),
  lastSignInAt: nullable(InstantOut('Last time that the user signed in.')),
  disabledAt: nullable(InstantOut('Since when the user may not sign in.')),
}

export const UserOut = Type.Object(userFields)

export const UserWithPasswordOut = Type.Object({
  ...userFields,
  oneTimePassword: Type.String({ description: 'Shown this once; it must be changed.' }),
})

export const UserListOut = Type.Object({
  data: Type.Array(UserOut),
  summary: Type.Object({ count: Type.Integer({ description: 'Users of the store.' }) }),
})

export const KeyPath = Type.Object({
  appKey: Type.String({ description: 'The X-VTEX-API-AppKey.' }),
})

export const NewKeyBody = Type.Object({
  label: text(MAX_LABEL_LENGTH, 'What the key is for.'),
  resources: Type.Array(ResourceText, { minItems: 1, maxItems: RESOURCES.length }),
  requestsPerSecond: Type.Optional(
    nullable(
      Type.Integer({
        minimum: 1,
        maximum: 999_999,
        description: 'Most requests a second; no limit where absent.',
      }),
    ),
  ),
})

const keyFields = {
  appKey: Type.String({ description: 'The X-VTEX-API-AppKey.' }),
  label: Type.String(),
  resources: Type.Array(Type.String()),
  requestsPerSecond: nullable(Type.Integer()),
  createdAt: InstantOut('Creation.'),
  lastUsedAt: nullable(InstantOut('Last use, to a minute or so; null: never.')),
  revokedAt: nullable(InstantOut('When it was revoked.')),
}

export const KeyOut = Type.Object(keyFields)

export const KeyWithTokenOut = Type.Object({
  ...keyFields,
  token: Type.String({ description: 'The X-VTEX-API-AppToken, shown this once.' }),
})

export const KeyListOut = Type.Object({
  data: Type.Array(KeyOut),
  summary: Type.Object({ count: Type.Integer({ description: 'Keys of the store.' }) }),
})
