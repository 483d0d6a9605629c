/** The Admin begins here. */
import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import './base.css'
import { setNonce } from 'get-nonce'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { firstLanguage } from './i18n/language-provider.tsx'

/** Style elements are let in by the nonce of the page: ours, Mantine's and those of its parts. */
const nonce =
  document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? undefined
if (nonce) setNonce(nonce)

const root = document.getElementById('root')
if (!root) throw new Error('The page has no root')

const language = await firstLanguage()
createRoot(root).render(
  <StrictMode>
    <App language={language} nonce={nonce} />
  </StrictMode>,
)
