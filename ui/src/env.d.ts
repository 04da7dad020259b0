/// <reference types="vite/client" />

// For ESLint, whose TypeScript does not read .vue files; vue-tsc takes the real types.
declare module '*.vue' {
  import type { DefineComponent } from 'vue'
  const component: DefineComponent
  export default component
}

declare module 'element-plus/dist/locale/*.mjs' {
  import type { Language } from 'element-plus/es/locale'
  const words: Language
  export default words
}
