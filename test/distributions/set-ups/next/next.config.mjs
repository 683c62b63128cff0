export default { serverExternalPackages: ['@opentelemetry/sdk-node'] };
