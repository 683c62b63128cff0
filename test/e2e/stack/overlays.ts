/** The collector's configuration over otel-collector.yaml, by its path from the top of the repository. */
export const TAIL_SAMPLING = 'deploy/collector/tail-sampling.yaml';

/** What runs it in containers, over docker-compose.yml. */
export const TAIL_SAMPLING_COMPOSE = 'deploy/collector/docker-compose.tail-sampling.yml';
