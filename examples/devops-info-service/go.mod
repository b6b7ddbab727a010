module example.com/devops-info-service

go 1.26
