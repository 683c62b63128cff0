import * as logfire from '@pydantic/logfire-node';

logfire.configure({ serviceName: 'shop' });
globalThis.endTelemetry = () => logfire.shutdown();
