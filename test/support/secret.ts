/** Signs the tests' tokens. */
export const testSecret = 'a-secret-for-tests-of-at-least-32-characters'
