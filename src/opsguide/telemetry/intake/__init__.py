"""What others send: Prometheus' remote_write, OTLP metrics, access logs, web vitals."""
