/** A command that a page tells its reader to type, and what runs it. */
export interface Command {
  /** The lines that are this command. */
  readonly line: RegExp;
  /** The file of CI or of a test that runs it. */
  readonly by: string;
  /** The text in that file by which it is run. */
  readonly as: string;
}

/** Each line of the shell blocks of the pages: one that is not here fails a test. */
export const COMMANDS: readonly Command[] = [
  { line: /^npm ci && npm run example$/, by: '.ci/run', as: 'npm run example' },
  { line: /^npm ci && npm test$/, by: '.ci/run', as: 'npm test' },
  { line: /^npm run example$/, by: '.ci/run', as: 'npm run example' },
  { line: /^npm run example -- --otlp \S+$/, by: 'test/examples/destinations.test.ts', as: "'--otlp'" },
  {
    line: /^npm install signalbox @opentelemetry\/instrumentation$/,
    by: 'test/package/installs/older-engines.test.ts',
    as: '@opentelemetry/instrumentation',
  },
  {
    line: /^(SIGNALBOX_CONSOLE=pretty )?node --import signalbox\/register app\.js$/,
    by: 'test/compat/zero-code/cells.test.ts',
    as: 'signalbox/register',
  },
  {
    line: /^OTEL_SERVICE_NAME=\S+ node --import \.\/telemetry\.js \S+\.js$/,
    by: 'test/support/shop.ts',
    as: 'telemetry.ts',
  },
  { line: /^docker compose up --wait$/, by: 'test/e2e/stack/compose-stack.ts', as: '--wait' },
  {
    line: /^docker compose -f docker-compose\.yml -f \S+ up$/,
    by: 'test/e2e/stack/overlays.ts',
    as: 'docker-compose.tail-sampling.yml',
  },
  { line: /^otelcol --config=\S+ --config=\S+$/, by: 'test/e2e/stack/overlays.ts', as: 'tail-sampling.yaml' },
  {
    line: /^OTEL_TRACES_SAMPLER=parentbased_traceidratio OTEL_TRACES_SAMPLER_ARG=0\.25$/,
    by: 'test/jobs/head-sampling.test.ts',
    as: "'OTEL_TRACES_SAMPLER'",
  },
  { line: /^npx signalbox audit verify /, by: 'test/cli/audit-verify.test.ts', as: "'--expect-head'" },
  { line: /^npx signalbox doctor (--seconds 30 )?-- /, by: 'test/cli/doctor/apps.test.ts', as: "'doctor'" },
  { line: /^npx signalbox doctor --endpoint /, by: 'test/cli/run-command.test.ts', as: "'--endpoint'" },
  {
    line: /^npx signalbox dashboards export \S+$/,
    by: 'test/cli/run-command.test.ts',
    as: "'dashboards export', 'deploy",
  },
  {
    line: /^npx signalbox rules export \S+$/,
    by: 'test/cli/run-command.test.ts',
    as: "'rules export', 'deploy",
  },
  { line: /^npm run test:faults( -- \S+)?$/, by: '.ci/run', as: 'npm run test:faults' },
];
