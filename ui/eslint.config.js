import prettier from 'eslint-config-prettier'
import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'
import vueParser from 'vue-eslint-parser'

const hostOnly = {
  patterns: [
    {
      group: ['@tauri-apps/*'],
      message: 'Only src/host.ts touches the host; call it through api.ts.',
    },
  ],
}

// Punctuation, signs and the names on keyboards read the same in every language.
const keys = [
  '0',
  'B',
  'C',
  'D',
  'F',
  'F2',
  'H',
  'I',
  'L',
  'M',
  'N',
  'O',
  'P',
  'R',
  'S',
  'T',
  'U',
  'V',
  'X',
  'Z',
  '[',
  ']',
  'Delete',
  'Esc',
  'Enter',
  'Ctrl+Enter',
]
const marks = ['/', '·', '—', '▣', '（', '）', '✕', '✓', '+', '−', '?', ...keys]

export default ts.config(
  // Generated from Rust, and what the build makes.
  { ignores: ['dist', 'src/bindings', 'eslint.config.js'] },
  ...ts.configs.strictTypeChecked,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.ts', '**/*.vue'],
    languageOptions: {
      parser: vueParser,
      parserOptions: {
        parser: ts.parser,
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.vue'],
      },
    },
    rules: {
      'no-restricted-imports': ['error', hostOnly],
      'no-console': 'error',
      eqeqeq: 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Types from Rust read `"a" | "b" | string`: an older program must accept a newer word.
      '@typescript-eslint/no-redundant-type-constituents': 'off',
      'vue/multi-word-component-names': 'off',
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/no-bare-strings-in-template': ['error', { allowlist: marks }],
      'vue/no-v-html': 'error',
    },
  },
  { files: ['src/host.ts'], rules: { 'no-restricted-imports': 'off' } },
  prettier,
)
