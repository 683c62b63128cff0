/** The one type of job that queues of scenarios know. */
export const TYPE = 'work';
