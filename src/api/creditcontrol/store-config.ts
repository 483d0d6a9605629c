/** The configuration of the store: read and change. */
import Type from 'typebox'
import type { NotificationTime, StoreConfig, StoreConfigChange } from '../../credit/store.ts'
import { changeConfig, readConfig } from '../../ledger/stores.ts'
import { configJson } from '../answers.ts'
import type { Api, ApiContext } from '../context.ts'
import { Input } from '../input.ts'
import { operation } from '../operation.ts'
import { problem } from '../problems.ts'
import { Amount, AmountIn, IntegerIn, nullable, RateIn } from '../schemas.ts'
import {
  bodyText,
  fingerprintOf,
  idempotencyKeyOf,
  oneAtATime,
  sendStored,
  type WriteRequest,
} from '../write.ts'
import { BASE } from './paths.ts'

const STORE_CONFIG = `${BASE}/storeconfig`

/** Most notifications before, and after, a due date; most days from it. */
const MAX_NOTIFICATIONS = 20
const MAX_NOTIFICATION_DAYS = 365
const MAX_POSTPONEMENTS = 100
const MAX_POSTPONEMENT_DAYS = 3_650

const TIME = '^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$'

const NotificationIn = Type.Object({
  days: IntegerIn,
  timeOfDay: Type.String({ pattern: TIME, description: 'HH:MM or HH:MM:SS.' }),
})
const NotificationsIn = Type.Optional(
  nullable(Type.Array(NotificationIn, { maxItems: MAX_NOTIFICATIONS })),
)
const FlagIn = Type.Optional(nullable(Type.Boolean()))

const ConfigBody = Type.Object({
  dailyInterestRate: Type.Optional(nullable(RateIn)),
  taxRate: Type.Optional(nullable(RateIn)),
  maxPreAuthorizationGrowthRate: Type.Optional(nullable(RateIn)),
  invoicePostponementLimit: Type.Optional(nullable(IntegerIn)),
  maxPostponementDays: Type.Optional(nullable(IntegerIn)),
  defaultCreditValue: Type.Optional(nullable(AmountIn)),
  postponementEnabled: FlagIn,
  automaticCheckingAccountCreationEnabled: FlagIn,
  toleranceEnabled: FlagIn,
  myCreditsEnabled: FlagIn,
  documentValidation: Type.Optional(
    nullable(
      Type.Unsafe<'off' | 'strict'>({
        type: 'string',
        enum: ['off', 'strict'],
        description: 'strict refuses a CPF or CNPJ with wrong check digits.',
      }),
    ),
  ),
  notificationsSettings: Type.Optional(
    nullable(Type.Object({ daysPrior: NotificationsIn, daysAfter: NotificationsIn })),
  ),
})
type Body = Type.Static<typeof ConfigBody>

const NotificationsOut = Type.Array(Type.Object({ days: Type.Integer(), timeOfDay: Type.String() }))

const ConfigOut = Type.Object({
  dailyInterestRate: Type.Number({ description: '0.1 is 10 %.' }),
  invoicePostponementLimit: Type.Integer({ description: 'Most postponements of one invoice.' }),
  taxRate: Type.Number({ description: '0.1 is 10 %.' }),
  maxPostponementDays: Type.Integer({ description: 'Most days that one invoice is put off.' }),
  defaultCreditValue: Amount('Credit limit of an account that is opened without one.'),
  postponementEnabled: Type.Boolean(),
  automaticCheckingAccountCreationEnabled: Type.Boolean({
    description: 'The first authorization of an unknown buyer opens an account.',
  }),
  toleranceEnabled: Type.Boolean({ description: 'The tolerance of accounts is in force.' }),
  myCreditsEnabled: Type.Boolean(),
  maxPreAuthorizationGrowthRate: Type.Number({ description: '0.1 is 10 %.' }),
  documentValidation: Type.String({ enum: ['off', 'strict'] }),
  notificationsSettings: Type.Object({
    daysPrior: NotificationsOut,
    daysAfter: NotificationsOut,
  }),
})

export function storeConfigRoutes(api: Api, context: ApiContext): void {
  operation(api, {
    method: 'GET',
    url: STORE_CONFIG,
    id: 'getStoreConfig',
    tag: 'Store configuration',
    summary: 'Read the store configuration',
    resource: 'Read Configuration',
    parts: {},
    answer: ConfigOut,
    handler: async ({ principal: { store } }) =>
      configJson(await readConfig(context.sql(), store.storeId), store),
  })

  operation(api, {
    method: 'PUT',
    url: STORE_CONFIG,
    id: 'changeStoreConfig',
    tag: 'Store configuration',
    summary: 'Change the store configuration',
    description: 'Changes what is sent and leaves the rest. It is in force with the next request.',
    resource: 'Edit Configuration',
    parts: { body: ConfigBody },
    answer: ConfigOut,
    handler: async (request, reply) => {
      const change = readChange(request, request.body)
      const { store, doneBy } = request.principal
      const base = { storeId: store.storeId, change, doneBy, now: context.now() }
      const key = idempotencyKeyOf(request)
      if (key === undefined) {
        const result = await changeConfig(context.sql(), base)
        if (result.kind === 'done') return configJson(result.config, store)
        throw problem('idempotency-key-reused', {})
      }
      return await oneAtATime(context, `${store.storeId}/${key}`, async () => {
        const render = (config: StoreConfig) => ({
          status: 200,
          body: bodyText(configJson(config, store)),
        })
        const idempotency = { key, fingerprint: fingerprintOf(request), render }
        const result = await changeConfig(context.sql(), { ...base, idempotency })
        if (result.kind === 'key-reused') throw problem('idempotency-key-reused', {})
        if (result.kind === 'replayed') return sendStored(reply, result.answer)
        return configJson(result.config, store)
      })
    },
  })
}

function readChange({ principal: { store } }: WriteRequest, body: Body): StoreConfigChange {
  const input = new Input(store)
  const given = <K extends keyof Body, T>(
    field: K,
    read: (pointer: string, raw: NonNullable<Body[K]>) => T,
  ): Record<string, T> => {
    const raw = body[field]
    return raw == null ? {} : { [field]: read(`/${field}`, raw as NonNullable<Body[K]>) }
  }
  const rate = (pointer: string, raw: string | number) => input.rate(pointer, raw)
  const flag = (_pointer: string, raw: boolean) => raw
  const change: StoreConfigChange = {
    ...given('dailyInterestRate', rate),
    ...given('taxRate', rate),
    ...given('maxPreAuthorizationGrowthRate', rate),
    ...given('invoicePostponementLimit', (at, raw) => input.integer(at, raw, 0, MAX_POSTPONEMENTS)),
    ...given('maxPostponementDays', (at, raw) => input.integer(at, raw, 0, MAX_POSTPONEMENT_DAYS)),
    ...given('defaultCreditValue', (at, raw) => input.amount(at, raw, 'zero or above')),
    ...given('postponementEnabled', flag),
    ...given('automaticCheckingAccountCreationEnabled', flag),
    ...given('toleranceEnabled', flag),
    ...given('myCreditsEnabled', flag),
    ...given('documentValidation', (_at, raw) => raw),
    ...given('notificationsSettings', (at, raw) => ({
      ...(raw.daysPrior && { daysPrior: notifications(input, `${at}/daysPrior`, raw.daysPrior) }),
      ...(raw.daysAfter && { daysAfter: notifications(input, `${at}/daysAfter`, raw.daysAfter) }),
    })),
  }
  input.check()
  return change
}

function notifications(
  input: Input,
  pointer: string,
  times: readonly { days: number | string; timeOfDay: string }[],
): NotificationTime[] {
  return times.map(({ days, timeOfDay }, index) => ({
    days: input.integer(`${pointer}/${index}/days`, days, 0, MAX_NOTIFICATION_DAYS),
    timeOfDay: timeOfDay.length === 5 ? `${timeOfDay}:00` : timeOfDay,
  }))
}
