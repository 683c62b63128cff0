export const TYPE_LEGEND = '{{messaging_destination_name}} {{job_type}} {{queue_namespace}}';

/** From a line of a queue and a job type to the page of that job type. */
export const toJobType = {
  title: 'This job type',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana fills these in.
  url: '/d/signalbox-job-type?${__url_time_range}&${metrics:queryparam}&${environment:queryparam}&${service:queryparam}&${engine:queryparam}&var-queue=${__field.labels.messaging_destination_name}&var-job_type=${__field.labels.job_type}',
};
