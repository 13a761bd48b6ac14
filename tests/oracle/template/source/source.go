// Package source has the value that a commit message template is given.
package source

import (
	"k8s.io/apimachinery/pkg/types"

	"oracle/template/update"
)

type TemplateData struct {
	AutomationObject types.NamespacedName
	Changed          update.Result
	Values           map[string]string
}
