module example.com/app

go one
