module flux-image-updates/oracle/policy

go 1.26

require (
	github.com/Masterminds/semver/v3 v3.5.0
	github.com/fluxcd/pkg/version v0.11.0
)
