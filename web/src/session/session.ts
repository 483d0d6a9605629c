/** Who is signed in, for all that is shown to them. */
import { createContext, useCallback, useContext } from 'react'
import type { Session } from '../api/session.ts'

const ALL = 'Main Access'

/** Ends the session; `everywhere`: those in other browsers too. */
export type SignOut = (everywhere?: boolean) => Promise<void>

export const SessionContext = createContext<Session | undefined>(undefined)
export const SignOutContext = createContext<SignOut>(() => Promise.resolve())

/** Who is signed in. Everything under the shell has somebody. */
export function useSession(): Session {
  const session = useContext(SessionContext)
  if (!session) throw new Error('Nobody is signed in')
  return session
}

/** Who is signed in, or undefined: for what is shown before, too. */
export function useSessionIfAny(): Session | undefined {
  return useContext(SessionContext)
}

/** Ends the session; the page then asks for a new one. */
export function useSignOut(): SignOut {
  return useContext(SignOutContext)
}

/** Answers whether the person may do what needs a resource. The server checks it again. */
export function useMay(): (resource: string) => boolean {
  const { resources } = useSession()
  return useCallback(
    (resource) => resources.includes(ALL) || resources.includes(resource),
    [resources],
  )
}
