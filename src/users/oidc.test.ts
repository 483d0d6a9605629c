import { describe, expect, test } from 'vitest'
import { identityOf } from './oidc.ts'

const CLAIMS = { sub: 'ana-1', email: 'ana@example.com', name: 'Ana Souza' }

describe('who the provider says it is', () => {
  test('without a role claim, has no role here yet', () => {
    expect(identityOf(CLAIMS, undefined)).toEqual({
      subject: 'ana-1',
      email: 'ana@example.com',
      name: 'Ana Souza',
      role: undefined,
    })
  })

  test.each([
    ['reader', 'reader'],
    [['staff', 'collections', 'credit-manager'], 'credit-manager'],
    [['reader', 'administrator'], 'administrator'],
  ])('with roles %j is %s', (roles, role) => {
    expect(identityOf({ ...CLAIMS, roles }, 'roles').role).toBe(role)
  })

  test.each([[undefined], ['Administrator'], [['staff']], [7], [null]])(
    'with roles %j is nobody here',
    (roles) => {
      expect(() => identityOf({ ...CLAIMS, roles }, 'roles')).toThrow('oidc-unknown-user')
    },
  )

  test.each([[{ email: undefined }], [{ email: 'nobody' }], [{ email_verified: false }]])(
    'with %j is nobody here',
    (claims) => {
      expect(() => identityOf({ ...CLAIMS, ...claims }, undefined)).toThrow('oidc-unknown-user')
    },
  )

  test('is called by the e-mail where there is no name', () => {
    expect(identityOf({ ...CLAIMS, name: '' }, undefined).name).toBe('ana@example.com')
  })
})
