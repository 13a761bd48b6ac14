module flux-image-updates/oracle/policy

go 1.26.8

require (
	github.com/Masterminds/semver/v3 v3.4.0 // indirect
	github.com/fluxcd/pkg/version v0.11.0 // indirect
)
