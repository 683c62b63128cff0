import type { Options } from './options.js';

/** What this run did not show, in three lines: what can be seen, and by which command. */
export function tryNext({ verbose, engine, apart }: Options, hasCollector: boolean): string[] {
  const again = (what: string, flags: string): string => `  ${what}: npm run example -- ${flags}`;
  const onOther = apart
    ? again('time limits', '--hang 0.2')
    : again('two services', '--engine bullmq --apart');
  return [
    verbose ? again('failures, an alert', '--fail email=0.9') : again('every line', '--verbose'),
    hasCollector
      ? again('a trace per attempt', '--relation link')
      : '  in Jaeger, Grafana: docker compose up --wait, then again',
    engine === 'memory' ? again('another engine', '--engine pg-boss') : onOther,
  ];
}
