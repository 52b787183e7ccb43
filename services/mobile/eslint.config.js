const { defineConfig } = require('eslint/config');
const expo = require('eslint-config-expo/flat');

const COLOUR = { selector: 'Literal[value=/^#[0-9a-fA-F]{3,8}$/]', message: 'colours live in src/theme' };

/** Who may import whom: routes, then features, then components and api, then theme, strings and lib. */
const layer = (folder, ...above) => ({
  files: [`src/${folder}/**`],
  rules: {
    'no-restricted-imports': [
      'error',
      { patterns: above.map((name) => ({ group: [`@/${name}/*`], message: `${folder} is below ${name}` })) },
    ],
  },
});

module.exports = defineConfig([
  expo,
  { ignores: ['dist/**', 'dist-*/**', '.expo/**', 'expo-env.d.ts', 'src/api/schema.d.ts'] },
  {
    rules: {
      complexity: ['error', 10],
      'max-depth': ['error', 3],
      'max-len': ['error', { code: 120, ignoreStrings: true, ignoreUrls: true }],
      'max-lines': ['error', 400],
      'max-params': ['error', 3],
      'no-console': 'error',
      'no-restricted-globals': ['error', { name: 'fetch', message: 'the way to a server is src/api' }],
      'no-restricted-syntax': ['error', COLOUR],
      eqeqeq: 'error',
    },
  },
  {
    files: ['src/**/*.ts', 'src/**/*.tsx'],
    ignores: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'src/i18n/*.ts'],
    rules: { 'max-lines-per-function': ['error', 40] },
  },
  { files: ['src/**/*.ts', 'src/**/*.tsx'], rules: { '@typescript-eslint/no-explicit-any': 'error' } },
  { files: ['src/api/**'], rules: { 'no-restricted-globals': 'off' } },
  { files: ['src/theme/**', 'src/**/*.test.*'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['scripts/**'], rules: { 'no-console': 'off' } },
  layer('features', 'app'),
  layer('components', 'app', 'features', 'api'),
  layer('api', 'app', 'features', 'components'),
  layer('theme', 'app', 'features', 'components', 'api'),
  layer('i18n', 'app', 'features', 'components', 'api'),
  layer('lib', 'app', 'features', 'components', 'api', 'theme', 'i18n'),
]);
