/** Who is signed in, for all that is shown to them. */
import { createContext, useCallback, useContext } from 'react'
import type { Session } from '../api/session.ts'

const ALL = 'Main Access'

export const SessionContext = createContext<Session | undefined>(undefined)
export const SignOutContext = createContext<() => Promise<void>>(() => Promise.resolve())

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
export function useSignOut(): () => Promise<void> {
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
