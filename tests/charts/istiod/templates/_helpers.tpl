{{- define "istiod.name" -}}
istiod{{ with .Values.revision }}-{{ . }}{{ end }}
{{- end }}

{{- define "istiod.labels" -}}
app: istiod
istio.io/rev: {{ .Values.revision | default "default" | quote }}
release: {{ .Release.Name }}
{{- end }}

{{- define "istiod.mesh" -}}
{{ tpl (toYaml .Values.meshConfig) . }}
{{- end }}
