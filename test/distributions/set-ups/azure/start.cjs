const { shutdownAzureMonitor, useAzureMonitor } = require('@azure/monitor-opentelemetry');

useAzureMonitor({ tracesPerSecond: 0, enableLiveMetrics: false });
globalThis.endTelemetry = () => shutdownAzureMonitor();
