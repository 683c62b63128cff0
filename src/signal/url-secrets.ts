/**
 * A text without the secrets in its URLs. Endpoints carry keys as users, as passwords and in queries, and a client that can not reach its
 * endpoint puts the whole URL into its error message.
 */
export function withoutSecretsOfUrls(text: string): string {
  return text
    .replace(/\/\/[^\s/@'"<>]*(:[^\s@'"<>]*)?@/g, '//')
    .replace(/(\/\/[^\s?'"<>]*)\?[^\s'"<>]*/g, '$1')
    .replace(/\?[^\s'"<>=]*=[^\s'"<>]*/g, '');
}
