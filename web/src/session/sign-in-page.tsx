/** What somebody sees who is not signed in, whatever the address. */
import { useEffect, useState } from 'react'
import { ApiProblem } from '../api/problem.ts'
import type { Session } from '../api/session.ts'
import { Failure } from '../components/failure.tsx'
import { useText } from '../i18n/use-text.ts'
import { EntryPage } from './entry-page.tsx'
import { SignInForm } from './sign-in-form.tsx'

export function SignInPage({ onSignedIn }: { onSignedIn: (session: Session) => void }) {
  const t = useText()
  const refusal = useRefusal()
  return (
    <EntryPage title={t('signIn.title')} explanation={t('signIn.subtitle')}>
      {refusal && <Failure error={refusal} />}
      <SignInForm onSignedIn={onSignedIn} />
    </EntryPage>
  )
}

/** Why the store's own provider let nobody in: it sends the browser back with a code. */
function useRefusal(): ApiProblem | undefined {
  const t = useText()
  const [code] = useState(() => new URLSearchParams(location.search).get('problem'))
  useEffect(() => {
    if (code !== null) history.replaceState(null, '', location.pathname)
  }, [code])
  if (code === null) return undefined
  return new ApiProblem(403, { code: Number(code), detail: t('failure.unknown') })
}
