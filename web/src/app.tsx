/** Everything that the pages stand in: theme, language, session, requests, addresses. */
import { createTheme, MantineProvider, MantineThemeProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { type ComponentProps, useMemo, useState } from 'react'
import { isUndecided } from './api/problem.ts'
import { ErrorBoundary } from './components/error-boundary.tsx'
import { LanguageProvider } from './i18n/language-provider.tsx'
import { useText } from './i18n/use-text.ts'
import { router } from './router.tsx'
import { SessionProvider } from './session/session-provider.tsx'
import { cssVariables, theme } from './theme.ts'

const FRESH_MS = 5_000
const MAX_RETRIES = 2

interface AppProps {
  readonly language: ComponentProps<typeof LanguageProvider>['first']
  readonly nonce: string | undefined
}

export function App({ language, nonce }: AppProps) {
  const [queries] = useState(newQueryClient)
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce ?? ''}
    >
      <LanguageProvider first={language}>
        <ErrorBoundary>
          <QueryClientProvider client={queries}>
            <Toasts />
            <SessionProvider>
              <RouterProvider router={router} />
            </SessionProvider>
          </QueryClientProvider>
        </ErrorBoundary>
      </LanguageProvider>
    </MantineProvider>
  )
}

/** What was done, told in a corner; its cross has a name for those who hear it. */
function Toasts() {
  const t = useText()
  const named = useMemo(() => {
    const closeButtonProps = { 'aria-label': t('action.close') }
    return createTheme({ components: { Notification: { defaultProps: { closeButtonProps } } } })
  }, [t])
  return (
    <MantineThemeProvider theme={named} inherit>
      <Notifications position="top-right" />
    </MantineThemeProvider>
  )
}

/** Only what may go otherwise the next time is asked again; writes never are by themselves. */
function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: FRESH_MS,
        retry: (failures, error) => failures < MAX_RETRIES && isUndecided(error),
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  })
}
