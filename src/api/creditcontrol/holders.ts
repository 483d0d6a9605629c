/** Holders: who shares the credit of an account. */
import Type from 'typebox'
import { listHolders } from '../../ledger/read/accounts.ts'
import { holderJson, mainHolder, mainHolderId } from '../answers.ts'
import { type Api, type ApiContext, newHolderId } from '../context.ts'
import { Input } from '../input.ts'
import { operation } from '../operation.ts'
import { problem } from '../problems.ts'
import { AccountPath, HolderOut } from '../schemas.ts'
import { write } from '../write.ts'
import { accountIdIn, accountIn, BASE, holderIdIn } from './paths.ts'

const HOLDERS = `${BASE}/accounts/:creditAccountId/holders`

export function holderRoutes(api: Api, context: ApiContext): void {
  operation(api, {
    method: 'GET',
    url: HOLDERS,
    id: 'listHolders',
    tag: 'Holders',
    summary: 'List the holders of an account',
    description: 'The owner first (level 1), then the additional holders (level 2).',
    resource: 'Read Checking Accounts',
    parts: { params: AccountPath },
    answer: Type.Object({
      data: Type.Array(HolderOut),
      summary: Type.Object({ count: Type.Integer() }),
    }),
    errors: ['account-not-found'],
    handler: async (request) => {
      const account = await accountIn(context, request, request.params)
      const { storeId } = request.principal.store
      const additional = await listHolders(context.sql(), storeId, account.id)
      const data = [
        holderJson(mainHolder(account), 1),
        ...additional.map((holder) => holderJson(holder, 2)),
      ]
      return { data, summary: { count: data.length } }
    },
  })

  operation(api, {
    method: 'POST',
    url: HOLDERS,
    id: 'addHolder',
    tag: 'Holders',
    summary: 'Add a holder',
    resource: 'Create Checking Accounts',
    parts: {
      params: AccountPath,
      body: Type.Object({
        claims: Type.Object({ email: Type.String({ maxLength: 300, description: 'E-mail.' }) }),
      }),
    },
    answer: HolderOut,
    errors: ['account-not-found', 'account-closed', 'email-taken', 'too-many-holders'],
    handler: async (request, reply) => {
      const input = new Input(request.principal.store)
      const email = input.email('/claims/email', request.body.claims.email)
      input.check()
      const holderId = newHolderId()
      return write(context, request, reply, {
        accountId: accountIdIn(request.params),
        command: { type: 'addHolder', holderId, email },
        answer: ({ at }) => holderJson({ id: holderId, email, createdAt: at }, 2),
      })
    },
  })

  operation(api, {
    method: 'DELETE',
    url: `${HOLDERS}/:holderId`,
    id: 'removeHolder',
    tag: 'Holders',
    summary: 'Remove an additional holder',
    resource: 'Create Checking Accounts',
    parts: {
      params: Type.Object({
        creditAccountId: Type.String({ description: 'Id of the account.' }),
        holderId: Type.String({ description: 'Id of the holder.' }),
      }),
    },
    answer: Type.Object({ id: Type.String() }),
    errors: ['account-not-found', 'account-closed', 'holder-not-found', 'holder-not-removable'],
    handler: async (request, reply) => {
      const accountId = accountIdIn(request.params)
      const holderId = holderIdIn(request.params)
      if (holderId === mainHolderId(accountId)) {
        await accountIn(context, request, request.params)
        throw problem('holder-not-removable', { holderId })
      }
      return write(context, request, reply, {
        accountId,
        command: { type: 'removeHolder', holderId },
        answer: () => ({ id: holderId }),
      })
    },
  })
}
