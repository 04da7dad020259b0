import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [vue()],
  // Tauri reads its own errors from the same terminal.
  clearScreen: false,
  server: { port: 5173, strictPort: true },
  define: {
    __VUE_OPTIONS_API__: true,
    __VUE_PROD_DEVTOOLS__: false,
    __VUE_I18N_LEGACY_API__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
    // Messages become an AST, not a `new Function`: the window's CSP forbids eval.
    __INTLIFY_JIT_COMPILATION__: true,
  },
  build: {
    outDir: 'dist',
    // The oldest WebView we meet is WebKitGTK 4.1 of Debian 12 (Safari 16).
    target: ['safari16', 'chrome109'],
    // The polyfill is an inline script, which the CSP forbids.
    modulePreload: { polyfill: false },
    // A font or picture as data: would be refused by `font-src 'self'`.
    assetsInlineLimit: 0,
  },
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts', 'phone/**/*.test.ts'] },
})
