FROM golang AS build
RUN [ "go", 
COPPY . .
