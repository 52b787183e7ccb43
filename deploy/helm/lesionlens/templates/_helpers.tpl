{{- define "lesionlens.name" -}}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{- end }}

{{- define "lesionlens.image" -}}
{{- $root := index . 0 -}}{{- $name := index . 1 -}}
{{ $root.Values.image.registry }}lesionlens/{{ $name }}:{{ $root.Values.image.tag | default $root.Chart.AppVersion }}
{{- end }}

{{- define "lesionlens.selector" -}}
{{- $root := index . 0 -}}{{- $part := index . 1 -}}
app.kubernetes.io/name: lesionlens
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ $part }}
{{- end }}

{{- define "lesionlens.labels" -}}
{{- $root := index . 0 -}}
{{ include "lesionlens.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- end }}

{{/* One setting out of the Secret: name of the setting, key of the Secret. */}}
{{- define "lesionlens.secret" -}}
{{- $root := index . 0 }}
- name: {{ index . 1 }}
  valueFrom: {secretKeyRef: {name: {{ $root.Values.secretName }}, key: {{ index . 2 }}}}
{{- end }}

{{- define "lesionlens.settings" -}}
{{- range $name, $value := .Values.settings }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}

{{- define "lesionlens.tracing" -}}
- {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ .Values.tracing.endpoint | quote }}}
- {name: OTEL_TRACES_SAMPLER_ARG, value: {{ .Values.tracing.share | quote }}}
{{- if .Values.tracing.headers }}
{{- include "lesionlens.secret" (list . "OTEL_EXPORTER_OTLP_HEADERS" "OTEL_EXPORTER_OTLP_HEADERS") }}
{{- end }}
{{- end }}

{{- define "lesionlens.collectorPort" -}}
{{- $url := urlParse .Values.tracing.endpoint -}}
{{- regexFind "[0-9]+$" (regexFind ":[0-9]+$" $url.host) | default (ternary "443" "80" (eq $url.scheme "https")) -}}
{{- end }}

{{- define "lesionlens.store" -}}
- {name: S3_ENDPOINT, value: {{ required "store.endpoint: where is the S3 server?" .Values.store.endpoint | quote }}}
- {name: S3_REGION, value: {{ .Values.store.region | quote }}}
- {name: S3_BUCKET, value: {{ .Values.store.bucket | quote }}}
- {name: S3_SERVER_SIDE_ENCRYPTION, value: {{ .Values.store.serverSideEncryption | quote }}}
- {name: S3_KMS_KEY_ID, value: {{ .Values.store.kmsKeyId | quote }}}
{{- include "lesionlens.secret" (list . "S3_ACCESS_KEY" "S3_ACCESS_KEY") }}
{{- include "lesionlens.secret" (list . "S3_SECRET_KEY" "S3_SECRET_KEY") }}
{{- end }}

{{- define "lesionlens.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext: {runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001, seccompProfile: {type: RuntimeDefault}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
{{- end }}

{{- define "lesionlens.container" -}}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
{{- end }}
