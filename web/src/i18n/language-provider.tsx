/** Gives the page its language, and lets the reader change it. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
import { IntlProvider } from 'react-intl'
import type { Messages } from '../messages/en.ts'
import {
  formatLocaleOf,
  type Language,
  loadMessages,
  preferredLanguage,
  rememberLanguage,
} from './languages.ts'

interface LanguageChoice {
  readonly language: Language
  readonly choose: (language: Language) => void
}

interface Spoken {
  readonly language: Language
  readonly messages: Messages
}

const LanguageContext = createContext<LanguageChoice | undefined>(undefined)

/** The language that is shown, and how to change it. */
export function useLanguage(): LanguageChoice {
  const choice = useContext(LanguageContext)
  if (!choice) throw new Error('There is no LanguageProvider')
  return choice
}

/** The language that a first visit begins with, its messages loaded. */
export async function firstLanguage(): Promise<Spoken> {
  const language = preferredLanguage()
  return { language, messages: await loadMessages(language) }
}

export function LanguageProvider({ first, children }: { first: Spoken; children: ReactNode }) {
  const [spoken, setSpoken] = useState(first)
  const choice = useMemo(
    () => ({
      language: spoken.language,
      choose: (language: Language) => {
        rememberLanguage(language)
        void loadMessages(language).then((messages) => setSpoken({ language, messages }))
      },
    }),
    [spoken.language],
  )
  useEffect(() => {
    document.documentElement.lang = spoken.language
  }, [spoken.language])
  return (
    <LanguageContext value={choice}>
      <IntlProvider
        locale={formatLocaleOf(spoken.language)}
        messages={spoken.messages}
        onError={reportOnce}
      >
        {children}
      </IntlProvider>
    </LanguageContext>
  )
}

/** A message that cannot be shown is a fault of ours: the tests take it for one. */
function reportOnce(error: Error): void {
  console.error(error.message)
}
