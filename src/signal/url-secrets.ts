/** A text without the keys of its URLs. Endpoints carry keys as users, as passwords and in queries, and clients tell the whole URL when they can not reach it. */
export function withoutSecretsOfUrls(text: string): string {
  return text
    .replace(/\/\/[^\s/@'"<>]*(:[^\s@'"<>]*)?@/g, '//')
    .replace(/(\/\/[^\s?'"<>]*)\?[^\s'"<>]*/g, '$1')
    .replace(/\?[^\s'"<>=]*=[^\s'"<>]*/g, '');
}
