import vue from '@vitejs/plugin-vue'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const mocks = /var (ecModelMock|apiMock) = \{\};/g

/**
 * ECharts fills two plain objects with a class's methods, `constructor` among them. In the window
 * `Object.prototype` is frozen (`freezePrototype`), where that throws; without a prototype it does not.
 */
const frozen: Plugin = {
  name: 'echarts-under-a-frozen-prototype',
  transform(code, id) {
    if (!/\/echarts\/lib\/core\/Scheduler\.js(\?|$)/.test(id)) return null
    if (code.match(mocks)?.length !== 2) this.error('ECharts is another one: look at Scheduler.js')
    return { code: code.replace(mocks, 'var $1 = Object.create(null);'), map: null }
  },
}

export default defineConfig({
  plugins: [vue(), frozen],
  // Bundled beforehand for development it would not pass through the plugin.
  optimizeDeps: { exclude: ['echarts', 'zrender'] },
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
