/** Who is signed in: asks for it where nobody is, also in the middle of a page. */
import { Modal } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { renewSessionsWith } from '../api/client.ts'
import { ApiProblem } from '../api/problem.ts'
import { readSession, type Session, signOut, signOutEverywhere } from '../api/session.ts'
import { Failure } from '../components/failure.tsx'
import { Loading } from '../components/loading.tsx'
import { useText } from '../i18n/use-text.ts'
import { OwnPasswordPage } from './own-password-page.tsx'
import { SessionContext, SignOutContext } from './session.ts'
import { SignInForm } from './sign-in-form.tsx'
import { SignInPage } from './sign-in-page.tsx'

const SESSION_KEY = ['session']

export function SessionProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient()
  const { data, error, isPending, refetch } = useQuery({
    queryKey: SESSION_KEY,
    queryFn: ({ signal }) => currentSession(signal),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const renewal = useRenewal()

  const accept = (session: Session): void => {
    const isSomebodyElse = data?.email !== session.email
    queries.setQueryData(SESSION_KEY, session)
    if (isSomebodyElse) void queries.invalidateQueries({ predicate: isNotSession })
    renewal.end(true)
  }

  const leave = useCallback(
    async (everywhere = false) => {
      await (everywhere ? signOutEverywhere() : signOut())
      queries.removeQueries({ predicate: isNotSession })
      queries.setQueryData(SESSION_KEY, null)
    },
    [queries],
  )

  if (isPending) return <Loading />
  if (error) return <Failure error={error} onRetry={() => void refetch()} />
  if (!data) return <SignInPage onSignedIn={accept} />
  return (
    <SessionContext value={data}>
      <SignOutContext value={leave}>
        {data.mustChangePassword ? <OwnPasswordPage onChanged={accept} /> : children}
        <SignInAgain
          email={data.email}
          opened={renewal.isAsked}
          onSignedIn={accept}
          onGivenUp={() => renewal.end(false)}
        />
      </SignOutContext>
    </SessionContext>
  )
}

/** Stands over the page, which keeps what was typed into it. */
function SignInAgain(props: {
  email: string
  opened: boolean
  onSignedIn: (session: Session) => void
  onGivenUp: () => void
}) {
  const t = useText()
  return (
    <Modal
      opened={props.opened}
      onClose={props.onGivenUp}
      title={t('signIn.again')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
      zIndex={400}
    >
      <SignInForm
        email={props.email}
        explanation={t('signIn.againWhy')}
        onSignedIn={props.onSignedIn}
      />
    </Modal>
  )
}

async function currentSession(signal: AbortSignal): Promise<Session | null> {
  try {
    return await readSession(signal)
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) return null
    throw error
  }
}

const isNotSession = ({ queryKey }: { queryKey: readonly unknown[] }) =>
  queryKey[0] !== SESSION_KEY[0]

/** All requests that found the session ended wait for one answer of the person. */
function useRenewal() {
  const [isAsked, setAsked] = useState(false)
  const waiting = useRef<((isRenewed: boolean) => void)[]>([])
  const end = useCallback((isRenewed: boolean) => {
    setAsked(false)
    for (const answer of waiting.current.splice(0)) answer(isRenewed)
  }, [])
  useEffect(() => {
    renewSessionsWith(() => {
      setAsked(true)
      return new Promise((answer) => waiting.current.push(answer))
    })
  }, [])
  return useMemo(() => ({ isAsked, end }), [isAsked, end])
}
