/** Made for these tests, and of no use elsewhere. */
export const PRIVATE_KEY = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIHTlD4tPEVkz2lYgyuOeNzXt2iTqwiRAJd5+dPUEu3t9
-----END PRIVATE KEY-----
`;

/** Of the same pair. */
export const PUBLIC_KEY = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAaC+L12ZC1aKsRwO3ZyUqG1tAO5rxJKQ6Xhu3iPNI4Es=
-----END PUBLIC KEY-----
`;
