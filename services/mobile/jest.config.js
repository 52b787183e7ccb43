/** The first run transforms the code inside a test, which takes longer than the usual five seconds. */
module.exports = {
  preset: 'jest-expo',
  testTimeout: 30000,
  setupFiles: ['<rootDir>/src/test/environment.ts'],
  moduleNameMapper: { '^@/(.*)$': '<rootDir>/src/$1' },
  testPathIgnorePatterns: ['/node_modules/', '/dist'],
};
