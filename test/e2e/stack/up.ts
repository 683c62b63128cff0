import { composeStack } from './compose-stack.js';
import { startStack } from './start.js';

// `npx tsx test/e2e/stack/up.ts [--docker]`: collector, Jaeger, Prometheus and what stands in for Loki until Ctrl-C; with Docker Loki itself and Grafana.
const say = (line: string): void => console.error(line);
try {
  const stack = await (process.argv.includes('--docker') ? composeStack({ say }) : startStack({ say }));
  console.log(`OTLP         ${stack.otlp}`);
  console.log(`Jaeger       ${stack.jaeger}`);
  console.log(`Prometheus   ${stack.prometheus}`);
  console.log(`Loki         ${stack.loki}`);
  if (stack.grafana !== undefined) console.log(`Grafana      ${stack.grafana}`);
  console.log(`\nnpm run example -- --otlp ${stack.otlp}\n\nCtrl-C ends it.`);
  const held = setInterval(() => undefined, 60_000);
  const end = (): void => {
    clearInterval(held);
    stack.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.once('SIGINT', end).once('SIGTERM', end);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
