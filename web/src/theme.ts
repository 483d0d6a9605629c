/** How the Admin looks: calm, dense, and legible in both schemes. */
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core'

const petrol: MantineColorsTuple = [
  '#eaf5f6',
  '#d5e9ec',
  '#a9d2d8',
  '#7bbac4',
  '#56a5b2',
  '#3c96a6',
  '#1f8495',
  '#0b7183',
  '#04606f',
  '#004d5a',
]

/** Mantine's dark greys with a little blue in them: surfaces, fields, lines. */
const dark: MantineColorsTuple = [
  '#d6dcdf',
  '#b8c1c6',
  '#9aa4aa',
  '#727d84',
  '#414b51',
  '#333c41',
  '#252c31',
  '#1b2024',
  '#14181b',
  '#0f1214',
]

export const theme = createTheme({
  colors: { petrol, dark },
  primaryColor: 'petrol',
  primaryShade: { light: 8, dark: 7 },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Open Sans", "Noto Sans", sans-serif',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  headings: {
    fontWeight: '600',
    sizes: { h1: { fontSize: '1.25rem' }, h2: { fontSize: '1rem' }, h3: { fontSize: '0.875rem' } },
  },
  respectReducedMotion: true,
  focusRing: 'auto',
  components: {
    Button: { defaultProps: { size: 'sm' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 'lg' } },
    Modal: {
      defaultProps: { centered: true },
      styles: {
        content: { background: 'var(--fiado-surface)' },
        header: { background: 'var(--fiado-surface)' },
        title: { fontWeight: 600, fontSize: 'var(--mantine-font-size-lg)' },
      },
    },
    Menu: { defaultProps: { shadow: 'md', withinPortal: true } },
    Tooltip: {
      defaultProps: { openDelay: 400, events: { hover: true, focus: true, touch: false } },
    },
  },
})

/** What Mantine's own greys and reds lack in contrast (WCAG 2.2 AA: 4.5 to 1). */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#fbfcfc',
    '--mantine-color-text': '#1b2226',
    '--mantine-color-dimmed': '#566067',
    '--mantine-color-placeholder': '#6a747b',
    '--mantine-color-error': '#b42318',
    '--mantine-color-anchor': 'var(--mantine-color-petrol-8)',
    '--fiado-surface': '#ffffff',
    '--fiado-line': '#dfe4e6',
    '--fiado-hover': '#f1f5f6',
  },
  dark: {
    '--mantine-color-body': '#14181b',
    '--mantine-color-text': '#d6dcdf',
    '--mantine-color-dimmed': '#9aa4aa',
    '--mantine-color-placeholder': '#8a949a',
    '--mantine-color-error': '#ff9c92',
    '--mantine-color-anchor': 'var(--mantine-color-petrol-3)',
    '--fiado-surface': '#1b2024',
    '--fiado-line': '#2d353a',
    '--fiado-hover': '#232a2f',
  },
})
